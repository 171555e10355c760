/** To be described. */
@NullMarked
package dev.limpet.settings;

import org.jspecify.annotations.NullMarked;
