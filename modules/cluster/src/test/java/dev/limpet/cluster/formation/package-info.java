@NullMarked
package dev.limpet.cluster.formation;

import org.jspecify.annotations.NullMarked;
