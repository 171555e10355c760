/**
 * The commands that ask a running node, by its admin API. Start with {@link
 * dev.limpet.node.commands.AdminClient}, then {@link dev.limpet.node.commands.StatusCommand}.
 */
@NullMarked
package dev.limpet.node.commands;

import org.jspecify.annotations.NullMarked;
