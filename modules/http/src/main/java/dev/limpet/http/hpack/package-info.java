/**
 * The header blocks of HTTP/2 (RFC 7541). Start with {@link dev.limpet.http.hpack.HeaderBlocks},
 * which keeps Netty's codec to itself.
 */
@NullMarked
package dev.limpet.http.hpack;

import org.jspecify.annotations.NullMarked;
