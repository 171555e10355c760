/**
 * Routes: finds the one that a request takes, and works out its path. Start with {@link
 * RouteTable}.
 */
@NullMarked
package dev.limpet.balancing.routing;

import org.jspecify.annotations.NullMarked;
