/**
 * Files in {@code node.data}, which are replaced as a whole. Start reading at {@code StoredFile}.
 */
@NullMarked
package dev.limpet.cluster.disk;

import org.jspecify.annotations.NullMarked;
