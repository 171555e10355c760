/** Which route a request takes and what becomes of its path. Start with {@link RouteTable}. */
@NullMarked
package dev.limpet.balancing.routing;

import org.jspecify.annotations.NullMarked;
