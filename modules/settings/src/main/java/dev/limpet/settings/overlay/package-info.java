/**
 * Lays the changes that were made at run time over a settings file, before it is read: so all that
 * is checked of the file is checked of them. Start with {@link dev.limpet.settings.overlay.Laid}.
 */
@NullMarked
package dev.limpet.settings.overlay;

import org.jspecify.annotations.NullMarked;
