/** HTTP/2: frames, streams and windows around Akka HTTP's, held to RFC 9113. */
@NullMarked
package dev.limpet.http.h2;

import org.jspecify.annotations.NullMarked;
