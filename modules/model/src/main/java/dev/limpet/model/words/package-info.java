/** Words that people write, and what they may have meant. */
@NullMarked
package dev.limpet.model.words;

import org.jspecify.annotations.NullMarked;
