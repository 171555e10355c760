/**
 * What has happened of late in the cluster, as operators want to know of it. Start with {@link
 * dev.limpet.admin.events.EventLog}.
 */
@NullMarked
package dev.limpet.admin.events;

import org.jspecify.annotations.NullMarked;
