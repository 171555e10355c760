@NullMarked
package dev.limpet.proxy.servers;

import org.jspecify.annotations.NullMarked;
