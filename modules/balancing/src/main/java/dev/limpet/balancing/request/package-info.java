/** Facts of a request, for routes and affinity alike, and the grammar of its target and cookies. */
@NullMarked
package dev.limpet.balancing.request;

import org.jspecify.annotations.NullMarked;
