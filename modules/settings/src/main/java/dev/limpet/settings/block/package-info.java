/**
 * The readers of the blocks of a settings file, one class each; what belongs together only across
 * blocks (names, ports, paths) they check, too. Start with {@link
 * dev.limpet.settings.block.TopReader}.
 */
@NullMarked
package dev.limpet.settings.block;

import org.jspecify.annotations.NullMarked;
