/** Secrets, as far as a node has them: they are compared in constant time and never written. */
@NullMarked
package dev.limpet.model.secret;

import org.jspecify.annotations.NullMarked;
