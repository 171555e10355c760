/** Traces as a collector gets them. */
@NullMarked
package dev.limpet.telemetry;

import org.jspecify.annotations.NullMarked;
