/** Measurements of parts of Limpet that are started by the commands of this module. */
@NullMarked
package dev.limpet.bench;

import org.jspecify.annotations.NullMarked;
