@NullMarked
package dev.limpet.cluster.link;

import org.jspecify.annotations.NullMarked;
