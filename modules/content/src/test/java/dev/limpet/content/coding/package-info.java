@NullMarked
package dev.limpet.content.coding;

import org.jspecify.annotations.NullMarked;
