package dev.limpet.cluster.replicated;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One of the cluster's small maps: how its entries are written, and whose they are.
 *
 * @param id the same at all nodes
 * @param owner the node that an entry goes with; null where it outlives nodes
 * @param standIn what counts as the value that cannot be read; null: the entry is left out
 */
public record ReplicatedMap<K, V>(
    String id,
    Codec<K> keys,
    Codec<V> values,
    Function<K, @Nullable String> owner,
    @Nullable V standIn) {}
