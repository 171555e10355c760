/**
 * The hosts that a node answers for, and the routes of each. Start with {@link
 * dev.limpet.model.settings.route.VirtualHost}.
 */
@NullMarked
package dev.limpet.model.settings.route;

import org.jspecify.annotations.NullMarked;
