/**
 * Figures and what reads them: /metrics, what {@code config/monitoring} makes of it, and the
 * dashboard. Start with {@link dev.limpet.e2e.monitoring.MonitoringFilesTest}.
 */
@NullMarked
package dev.limpet.e2e.monitoring;

import org.jspecify.annotations.NullMarked;
