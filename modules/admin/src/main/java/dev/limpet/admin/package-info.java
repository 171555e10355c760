/**
 * The admin API, on its own listener, for operators and their tools. Start with {@link
 * dev.limpet.admin.AdminServer}.
 */
@NullMarked
package dev.limpet.admin;

import org.jspecify.annotations.NullMarked;
