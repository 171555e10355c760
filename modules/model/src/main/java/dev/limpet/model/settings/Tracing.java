package dev.limpet.model.settings;

import dev.limpet.model.secret.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The traces of requests: W3C Trace Context, exported as OTLP over HTTP.
 *
 * @param endpoint all of the collector's address, its path included
 * @param sample the share of the traces begun here that are recorded, 1 for all
 * @param trust whose traces are continued; for the requests of all others new ones begin
 * @param headers sent to the collector
 * @param ca PEM file of the authorities that are believed; empty for the system's
 * @param service what the collector calls all nodes together
 */
public record Tracing(
    URI endpoint,
    double sample,
    Trust trust,
    SortedMap<String, Secret> headers,
    Optional<Path> ca,
    String service) {}
