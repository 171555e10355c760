/**
 * Figures and what reads them: /metrics, and what {@code config/monitoring} makes of it. Start with
 * {@link dev.limpet.e2e.monitoring.MonitoringFilesTest}.
 */
@NullMarked
package dev.limpet.e2e.monitoring;

import org.jspecify.annotations.NullMarked;
