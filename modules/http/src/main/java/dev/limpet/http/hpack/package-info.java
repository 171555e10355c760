/** HTTP/2's header blocks. Start with {@link HeaderBlocks}, which keeps Netty's codec to itself. */
@NullMarked
package dev.limpet.http.hpack;

import org.jspecify.annotations.NullMarked;
