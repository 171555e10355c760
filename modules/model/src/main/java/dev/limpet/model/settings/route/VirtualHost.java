package dev.limpet.model.settings.route;

import java.util.List;

/**
 * @param names host names, wildcards such as {@code *.example.com}, or {@code *}
 * @param listeners the listeners it answers on; empty for all of them
 */
public record VirtualHost(List<String> names, List<String> listeners, List<Route> routes) {}
