@NullMarked
package dev.limpet.proxy.group;

import org.jspecify.annotations.NullMarked;
