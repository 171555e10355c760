/** HTTP/2 to clients, frame by frame. */
@NullMarked
package dev.limpet.proxy.http2;

import org.jspecify.annotations.NullMarked;
