/**
 * Readers for {@code limpet.hosts}: the hosts, and the routes of each. Start with {@link
 * dev.limpet.settings.block.host.HostReader}.
 */
@NullMarked
package dev.limpet.settings.block.host;

import org.jspecify.annotations.NullMarked;
