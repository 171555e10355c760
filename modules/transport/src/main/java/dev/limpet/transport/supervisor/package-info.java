/**
 * The way to whoever started this process and looks after it, as systemd does. It is a datagram
 * socket with a name, which the JDK does not have. Start with {@link
 * dev.limpet.transport.supervisor.SupervisorSocket}.
 */
@NullMarked
package dev.limpet.transport.supervisor;

import org.jspecify.annotations.NullMarked;
