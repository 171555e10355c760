/** Settings as validated records. Start with {@link Settings}. */
@NullMarked
package dev.limpet.model.settings;

import org.jspecify.annotations.NullMarked;
