/** Knows a client: by ids in its request, and Limpet's own cookie. Start with {@link IdSource}. */
@NullMarked
package dev.limpet.balancing.affinity;

import org.jspecify.annotations.NullMarked;
