/**
 * HTTP/2's header blocks. Start with {@link dev.limpet.proxy.hpack.HeaderBlocks}, which keeps
 * Netty's codec to itself.
 */
@NullMarked
package dev.limpet.proxy.hpack;

import org.jspecify.annotations.NullMarked;
