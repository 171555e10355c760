/**
 * HTTP as clients speak it: from the bytes of a connection to a {@link
 * dev.limpet.http.client.RequestHandler}, and back. The door is {@link dev.limpet.http.FrontEnd};
 * each protocol has a room behind it.
 */
@NullMarked
package dev.limpet.http;

import org.jspecify.annotations.NullMarked;
