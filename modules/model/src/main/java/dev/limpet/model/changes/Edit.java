package dev.limpet.model.changes;

import org.jspecify.annotations.Nullable;

/**
 * A value to set.
 *
 * @param value as JSON; null for what the settings file says
 */
public record Edit(SettingPath path, @Nullable String value) {}
