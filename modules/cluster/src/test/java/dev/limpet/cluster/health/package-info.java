@NullMarked
package dev.limpet.cluster.health;

import org.jspecify.annotations.NullMarked;
