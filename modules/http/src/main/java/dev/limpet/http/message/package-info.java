/**
 * Messages, whatever protocol they come by: the grammar of heads and lines, the framing, whom a
 * request is for, and what of a response Akka HTTP's model has no form for. Start with {@link
 * dev.limpet.http.message.RequestHead}.
 */
@NullMarked
package dev.limpet.http.message;

import org.jspecify.annotations.NullMarked;
