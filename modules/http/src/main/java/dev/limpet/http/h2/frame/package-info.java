/**
 * The frames of HTTP/2 as bytes (RFC 9113, 4 and 6), before they are anybody's streams. Start with
 * {@link dev.limpet.http.h2.frame.FrameScanner}.
 */
@NullMarked
package dev.limpet.http.h2.frame;

import org.jspecify.annotations.NullMarked;
