/**
 * Reads HOCON strictly: a section at a time against {@code reference.conf}, with the file, line and
 * key of everything that is wrong. It knows nothing of what the keys are for. Start with {@link
 * dev.limpet.settings.hocon.Section}.
 */
@NullMarked
package dev.limpet.settings.hocon;

import org.jspecify.annotations.NullMarked;
