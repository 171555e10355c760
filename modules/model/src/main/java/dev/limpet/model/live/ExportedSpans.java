package dev.limpet.model.live;

/**
 * What has become of the spans of traces, since the start.
 *
 * @param exported taken by the collector
 * @param dropped that it never got
 */
public record ExportedSpans(long exported, long dropped) {}
