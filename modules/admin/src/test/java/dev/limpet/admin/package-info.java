@NullMarked
package dev.limpet.admin;

import org.jspecify.annotations.NullMarked;
