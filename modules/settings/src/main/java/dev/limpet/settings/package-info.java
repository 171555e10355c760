/**
 * From a HOCON file to {@link dev.limpet.model.settings.Settings}, or to the list of everything
 * that is wrong with it. Start with {@link dev.limpet.settings.SettingsReader}; the keys and their
 * defaults are in {@code reference.conf}.
 */
@NullMarked
package dev.limpet.settings;

import org.jspecify.annotations.NullMarked;
