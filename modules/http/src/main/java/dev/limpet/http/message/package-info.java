/** Heads of requests: their grammar, their framing, whom they are for. */
@NullMarked
package dev.limpet.http.message;

import org.jspecify.annotations.NullMarked;
