/**
 * Traces for those who collect them: requests as spans, by OpenTelemetry's protocol. Start with
 * {@link dev.limpet.telemetry.Telemetry}.
 */
@NullMarked
package dev.limpet.telemetry;

import org.jspecify.annotations.NullMarked;
