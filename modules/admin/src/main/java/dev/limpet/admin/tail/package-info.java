/**
 * Single requests of the whole cluster, as they come to their end. Start with {@link
 * dev.limpet.admin.tail.Tail}.
 */
@NullMarked
package dev.limpet.admin.tail;

import org.jspecify.annotations.NullMarked;
