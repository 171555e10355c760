/**
 * Counts and times as event loops keep them: each loop writes its own, without a lock or a shared
 * line of cache, and any thread may read them all. Start with {@link
 * dev.limpet.transport.meter.Times}.
 */
@NullMarked
package dev.limpet.transport.meter;

import org.jspecify.annotations.NullMarked;
