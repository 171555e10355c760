/** To be described. */
@NullMarked
package dev.limpet.balancing;

import org.jspecify.annotations.NullMarked;
