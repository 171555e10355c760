@NullMarked
package dev.limpet.model.live;

import org.jspecify.annotations.NullMarked;
