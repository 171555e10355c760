/**
 * {@code limpet demo}: three nodes in front of three Node.js processes on one machine, and a
 * scenario that breaks them on purpose. Start with {@link dev.limpet.node.demo.DemoCommand}, then
 * {@link dev.limpet.node.demo.Demo}.
 */
@NullMarked
package dev.limpet.node.demo;

import org.jspecify.annotations.NullMarked;
