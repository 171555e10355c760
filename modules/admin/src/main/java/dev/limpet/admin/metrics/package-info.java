/**
 * The figures for Prometheus: docs/monitoring.md lists them. Start with {@link
 * dev.limpet.admin.metrics.Metrics}.
 */
@NullMarked
package dev.limpet.admin.metrics;

import org.jspecify.annotations.NullMarked;
