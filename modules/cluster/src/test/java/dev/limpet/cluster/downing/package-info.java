@NullMarked
package dev.limpet.cluster.downing;

import org.jspecify.annotations.NullMarked;
