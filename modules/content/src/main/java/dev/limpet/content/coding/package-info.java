/**
 * Compresses bodies: which coding a client wants, and the coding itself. Start with {@link
 * dev.limpet.content.coding.Encoder}.
 */
@NullMarked
package dev.limpet.content.coding;

import org.jspecify.annotations.NullMarked;
