/**
 * Who may ask the admin listener, and how much of it: tokens, certificates, networks and limits.
 * Start with {@link dev.limpet.admin.door.Door}.
 */
@NullMarked
package dev.limpet.admin.door;

import org.jspecify.annotations.NullMarked;
