@NullMarked
package dev.limpet.node.commands;

import org.jspecify.annotations.NullMarked;
