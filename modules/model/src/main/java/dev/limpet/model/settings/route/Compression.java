package dev.limpet.model.settings.route;

import java.util.List;
import java.util.Set;

/**
 * The compression of servers' responses on their way to clients.
 *
 * @param encodings those that may be used, the best first; of two that a client likes as well the
 *     first one is taken
 * @param types media types that are worth it, in lower case; one that ends with {@code /*} stands
 *     for all of its kind
 * @param minSize bytes of a body that is shorter, and is sent as it is
 */
public record Compression(List<Encoding> encodings, Set<String> types, long minSize) {

  /** A content coding. */
  public enum Encoding {
    /** RFC 7932. */
    BR,
    /** RFC 8878. */
    ZSTD,
    /** RFC 1952. */
    GZIP
  }
}
