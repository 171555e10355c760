/** Secrets, which a file or the environment holds. */
@NullMarked
package dev.limpet.settings.secret;

import org.jspecify.annotations.NullMarked;
